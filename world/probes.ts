// Is something there and answering? One look each, never an error: what was seen is the answer, for a person to read.

export type Sighting =
  | { readonly kind: 'answered'; readonly status: number }
  /** `why` continues a sentence: `the connection was refused`. */
  | { readonly kind: 'silent'; readonly why: string };

export interface Probes {
  /** One GET of an http: or https: URL; redirects are not followed, the body is not read. */
  http(url: string, timeoutMs: number, signal: AbortSignal): Promise<Sighting>;
  /** One connection, closed as soon as it is open; `status` is then 0. */
  tcp(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Sighting>;
}
