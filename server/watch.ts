// The streams behind WatchDeployment and WatchPromotion: a whole picture at every change, the present state first, the end
// last. Changes that come faster than the reader takes them collapse into one picture.

import type { Changes } from './changes.ts';

export interface Watched<Picture> {
  /** Throws Failure when what is watched is not there. */
  load(): Promise<Picture>;
  /** What to listen to from this picture on. */
  concerns(picture: Picture): readonly string[];
  hasEnded(picture: Picture): boolean;
}

/** `id`: what is listened to before the first picture. */
export async function* watchPictures<Picture>(changes: Changes, id: string, watched: Watched<Picture>, signal: AbortSignal): AsyncGenerator<Picture> {
  let isNews = true;
  let wakeReader = (): void => {};
  const listening = new Map<string, () => void>();
  const listen = (to: string): void => {
    if (listening.has(to)) return;
    listening.set(
      to,
      changes.listen(to, () => {
        isNews = true;
        wakeReader();
      }),
    );
  };
  listen(id);
  const onAbort = (): void => wakeReader();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      if (!isNews) {
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
        continue;
      }
      isNews = false;
      const picture = await watched.load();
      watched.concerns(picture).forEach(listen);
      yield picture;
      if (watched.hasEnded(picture)) return;
    }
  } finally {
    for (const stop of listening.values()) stop();
    signal.removeEventListener('abort', onAbort);
  }
}
