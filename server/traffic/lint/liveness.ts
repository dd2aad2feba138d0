// Paths that by custom answer as soon as a process runs. As a readiness check they let a host in that is not warm.

const livenessPath = /\/(?:livez|live|liveness|alive|ping)$|\/health\/live(?:ness)?$|\/healthz\/live$|^\/-\/healthy$/i;

export function isLivenessPath(path: string): boolean {
  return livenessPath.test(path.replace(/[?#].*$/, '').replace(/(?<=.)\/+$/, ''));
}

/** The path of a URL, or of what is one already. */
export function pathOf(url: string): string {
  return url.startsWith('/') ? url : (/^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] || '/');
}
