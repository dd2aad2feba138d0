// How a bundle is signed, as flags: the same wherever one is made. Everything that can be refused about them is refused
// before anything is sent.

import type { Command } from 'commander';
import { showPrintable } from './printable.ts';
import { Refusal } from './refusal.ts';
import type { Surroundings } from './surroundings.ts';
import { readSigningKey } from './sign-bundle.ts';
import type { Signing } from './sign-bundle.ts';
import { BundleSignature } from '../protocol/model/bundle-signature.ts';
import Value from 'typebox/value';

export interface SigningFlags {
  readonly signWith?: string;
  /** True is what commander makes of it when neither --counter nor --no-counter is given. */
  readonly counter?: number | boolean;
  readonly validDays?: number;
}

const dayMs = 24 * 3_600_000;

export function addSigningOptions(command: Command): Command {
  return command
    .option('--sign, --sign-with <keyfile>', 'sign the bundle with this key (see: fairlead key create), for hosts that require it')
    .option('--counter <number>', 'of the signature: grows from bundle to bundle, so that hosts refuse older ones; the seconds since 1970 when not given', wholeNumber)
    .option('--no-counter', 'of the signature: state no order; hosts then cannot tell an older bundle')
    .option('--valid-days <days>', 'of the signature: hosts refuse the bundle after so many days', wholeNumber);
}

/** How to sign, or null when nothing is to be signed. */
export async function signingOf(flags: SigningFlags, { clock, readFile }: Pick<Surroundings, 'clock' | 'readFile'>): Promise<Signing | null> {
  if (flags.signWith === undefined) {
    if (flags.counter !== undefined && flags.counter !== true) throw new Refusal('--counter and --no-counter say how to sign; give --sign KEYFILE as well.');
    if (flags.validDays !== undefined) throw new Refusal('--valid-days says how to sign; give --sign KEYFILE as well.');
    return null;
  }
  const key = readSigningKey(flags.signWith, await readFile(flags.signWith));
  const createdAt = clock.now();
  const counter = flags.counter === false ? null : typeof flags.counter === 'number' ? flags.counter : Math.floor(createdAt / 1_000);
  return { key, createdAt, expiresAt: flags.validDays === undefined ? null : createdAt + flags.validDays * dayMs, counter };
}

/** A signature made before, from its file. */
export async function readSignatureFile(file: string, { readFile }: Pick<Surroundings, 'readFile'>): Promise<BundleSignature> {
  const bytes = await readFile(file);
  const advice = ['Make one with: fairlead bundle sign ARCHIVE --application NAME --sign KEYFILE > FILE'];
  if (bytes === null) throw new Refusal(`There is no file ${showPrintable(file)}.`, { advice });
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (Value.Check(BundleSignature, value)) return value;
  } catch {
    // As below.
  }
  throw new Refusal(`${showPrintable(file)} holds no signature of a bundle.`, { advice });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) throw new Refusal(`${showPrintable(text.slice(0, 40))} must be a whole number.`);
  return value;
}
