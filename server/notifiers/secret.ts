// How a signing secret is written.

/** As Standard Webhooks writes it, `whsec_` and base64; anything else is taken as its bytes. */
export function secretOf(text: string): Uint8Array {
  return text.startsWith('whsec_') ? Buffer.from(text.slice(6), 'base64') : Buffer.from(text);
}
