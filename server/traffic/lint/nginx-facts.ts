// What is known of an nginx, from its configuration or from an agent beside it. What is undefined is not known.

export interface NginxFacts {
  /** A file, or the host of the balancer. */
  readonly where: string;
  readonly version?: string | undefined;
  /** Directives that matter, wherever they stand; names as in protocol/session/nginx.ts. */
  readonly directives: readonly { readonly name: string; readonly value: string }[];
  /** Whether an upstream takes the members' file in. */
  readonly isIncluded?: boolean | undefined;
  /** max_fails of the members; null: nginx's own, which is 1. */
  readonly maxFails?: number | null | undefined;
}
