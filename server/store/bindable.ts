// What goes into a statement as a value. U+0000 is the one character that not every database can keep in text, so none
// of them does: it becomes U+FFFD, as what cannot be told does everywhere. Documents are not concerned: JSON escapes it.

export function bindable<Value>(value: Value): Value {
  return typeof value === 'string' && value.includes('\0') ? (value.replaceAll('\0', '\uFFFD') as Value) : value;
}
