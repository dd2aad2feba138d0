// This very host, as addresses name it: reached in plain text without risk, and never through a proxy.

/** Whether a URL's host is this very one, by name or address. */
export const isLoopback = (hostname: string): boolean => hostname === 'localhost' || hostname === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(hostname);
