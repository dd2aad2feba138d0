// How long systemd lets a service stop before it kills it. Pure.

const usualSeconds = 90;
const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, sec: 1, second: 1, seconds: 1, m: 60, min: 60, minute: 60, minutes: 60, h: 3_600, hr: 3_600, hour: 3_600, hours: 3_600 };

export function stopSecondsOf(text: string): number {
  const written = [...text.matchAll(/^\s*Timeout(?:Stop)?Sec\s*=\s*(.*?)\s*$/gm)].at(-1)?.[1];
  if (written === undefined || written === '') return usualSeconds;
  if (written === 'infinity' || written === '0') return Infinity;
  const parts = [...written.matchAll(/([0-9.]+)\s*([a-z]*)/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit === '' ? 's' : unit!] ?? 1), 0);
}
