// A WebSocket to a steady-web, which says its version again and again.

export interface Conversation {
  /** What was said last; null when nothing was yet. */
  heard(): string | null;
  /** The close code: 1006 is a connection that was cut. */
  readonly closed: Promise<number>;
  close(): void;
}

/** Comes back once something was heard. */
export async function openConversation(url: string): Promise<Conversation> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}socket`);
  let heard: string | null = null;
  const first = Promise.withResolvers<void>();
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', (event) => resolve(event.code)));
  socket.addEventListener('message', (event) => {
    heard = String(event.data);
    first.resolve();
  });
  await Promise.race([first.promise, closed.then((code) => Promise.reject(new Error(`The WebSocket was closed with ${code} before anything was said.`)))]);
  return { heard: () => heard, closed, close: () => socket.close() };
}
