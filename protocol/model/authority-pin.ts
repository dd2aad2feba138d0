// The fingerprint of the authority that signs a controller's certificate. A join token carries it, so that an agent knows the
// controller at their first meeting, and nobody can stand between them: `<token>@sha256:<base64url of the SHA-256 of the
// authority's public key>`.

const separator = '@sha256:';

/** A join token and, where it carries one, the pin behind it. */
export function splitPin(text: string): { readonly token: string; readonly pin: string | null } {
  const at = text.indexOf(separator);
  return at < 0 ? { token: text, pin: null } : { token: text.slice(0, at), pin: text.slice(at + separator.length) };
}

export function withPin(token: string, pin: string | null): string {
  return pin === null ? token : `${token}${separator}${pin}`;
}
