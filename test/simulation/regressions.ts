// Seeds that once failed, and what they found. A story changes when what may happen in it does, so an old seed may tell
// another story by now; it costs a second, and sometimes it still tells the old one.

export const regressions: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 22, found: 'a wall clock put 400 days ahead made the controller forget the deliveries of its triggers' },
  { seed: 27, found: 'a deployment was started from a plan made just before a freeze that had been answered' },
];
