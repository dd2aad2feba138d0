// Uploads that come in parts, each a file of its own until the last is here; then they are put together on the disk and
// taken as one object. Nothing of a part is held in memory. Which uploads are open is known to this process only: a
// restart forgets them, as the folder of half-written files is emptied then, and their clients begin anew.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { World } from '../../world/world.ts';
import type { ObjectName, Objects, StoredObject, UploadedPart } from '../faces/dependencies.ts';
import { writeWhole } from './artifact-folder.ts';
import { ObjectTrouble } from './object-trouble.ts';

export interface MultipartParts {
  readonly clock: Pick<World['clock'], 'monotonic'>;
  readonly random: World['random'];
  /** The folder of half-written files. */
  readonly incoming: string;
  /** Of all parts together. */
  readonly largestBytes: number;
  /** Makes an object of a whole file. */
  readonly take: (name: ObjectName, file: string, written: { readonly sha256: string; readonly size: number }, eTag: string) => Promise<StoredObject>;
}

interface OpenUpload {
  readonly name: ObjectName;
  readonly folder: string;
  readonly parts: Map<number, { readonly file: string; readonly md5: string; readonly size: number }>;
  usedAt: number;
  /** The answer, once asked for: a client that lost it asks again. */
  answer: Promise<StoredObject> | null;
}

/** Begun and not yet ended, at most. */
const mostOpen = 64;
export const mostParts = 10_000;
/** An upload that nobody has touched for so long is given up. */
const abandonedMs = 24 * 3600_000;
/** For so long the answer to the last request of an upload is remembered. */
const answeredMs = 10 * 60_000;

export function makeMultipart({ clock, random, incoming, largestBytes, take }: MultipartParts): Pick<Objects, 'begin' | 'putPart' | 'complete' | 'abort'> {
  const uploads = new Map<string, OpenUpload>();

  async function giveUpAbandoned(): Promise<void> {
    const now = clock.monotonic();
    for (const [id, upload] of uploads) {
      if (now - upload.usedAt < (upload.answer === null ? abandonedMs : answeredMs)) continue;
      uploads.delete(id);
      await rm(upload.folder, { recursive: true, force: true });
    }
  }

  function openUpload(name: ObjectName, uploadId: string): OpenUpload {
    const upload = uploads.get(uploadId);
    if (upload === undefined || upload.name.bucket !== name.bucket || upload.name.key !== name.key) {
      throw new ObjectTrouble('NoSuchUpload', 'The upload is not known: it was ended, given up, or begun before this controller was started. Begin it anew.');
    }
    upload.usedAt = clock.monotonic();
    return upload;
  }

  function stillOpen(name: ObjectName, uploadId: string): OpenUpload {
    const upload = openUpload(name, uploadId);
    if (upload.answer !== null) throw new ObjectTrouble('NoSuchUpload', 'The upload has been completed; it takes no more parts.');
    return upload;
  }

  async function putTogether(upload: OpenUpload, files: readonly { readonly file: string; readonly md5: string }[]): Promise<StoredObject> {
    const whole = join(upload.folder, 'whole');
    try {
      const written = await writeWhole(whole, contentsOf(files), largestBytes);
      const md5 = createHash('md5');
      for (const part of files) md5.update(part.md5, 'hex');
      return await take(upload.name, whole, written, `${md5.digest('hex')}-${files.length}`);
    } catch (error) {
      await rm(whole, { force: true });
      throw error;
    }
  }

  return {
    async begin(name) {
      await giveUpAbandoned();
      if ([...uploads.values()].filter(({ answer }) => answer === null).length >= mostOpen) {
        throw new ObjectTrouble('SlowDown', `${mostOpen} uploads in parts are open, the most there may be; end or abort one, or try again later.`);
      }
      const id = uuid(random.bytes(16));
      const folder = join(incoming, `${id}.parts`);
      uploads.set(id, { name, folder, parts: new Map(), usedAt: clock.monotonic(), answer: null });
      await mkdir(folder, { mode: 0o700 });
      return id;
    },
    async putPart(name, uploadId, number, body) {
      const upload = stillOpen(name, uploadId);
      const file = join(upload.folder, `${number}-${uuid(random.bytes(16))}`);
      try {
        const others = [...upload.parts].reduce((sum, [other, { size }]) => (other === number ? sum : sum + size), 0);
        const { md5, size } = await writeWhole(file, body, largestBytes - others);
        // It may have been ended while this part was on its way.
        stillOpen(name, uploadId);
        const older = upload.parts.get(number);
        upload.parts.set(number, { file, md5, size });
        if (older !== undefined) await rm(older.file, { force: true });
        return { eTag: md5 };
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      }
    },
    async complete(name, uploadId, parts) {
      const upload = openUpload(name, uploadId);
      if (upload.answer !== null) return upload.answer;
      const files = chosenParts(upload, parts);
      upload.answer = putTogether(upload, files);
      try {
        return await upload.answer;
      } catch (error) {
        // A bundle that cannot be used will not be usable later; after anything else the client may try again.
        if (error instanceof Failure) uploads.delete(uploadId);
        else upload.answer = null;
        throw error;
      } finally {
        if (upload.answer !== null) await rm(upload.folder, { recursive: true, force: true });
      }
    },
    async abort(name, uploadId) {
      const { folder } = openUpload(name, uploadId);
      uploads.delete(uploadId);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The parts that make the object, in order. Throws ObjectTrouble. */
function chosenParts(upload: OpenUpload, parts: readonly UploadedPart[]): { readonly file: string; readonly md5: string }[] {
  if (parts.length === 0) throw new ObjectTrouble('InvalidPart', 'The upload is to be completed of no parts.');
  return parts.map(({ number, eTag }, index) => {
    if (index > 0 && parts[index - 1]!.number >= number) throw new ObjectTrouble('InvalidPartOrder', 'The parts must be named in the order of their numbers, each once.');
    const part = upload.parts.get(number);
    if (part === undefined || part.md5 !== eTag) throw new ObjectTrouble('InvalidPart', `Part ${number} was not uploaded, or has another ETag.`);
    return part;
  });
}

async function* contentsOf(files: readonly { readonly file: string }[]): AsyncGenerator<Uint8Array> {
  for (const { file } of files) yield* createReadStream(file) as AsyncIterable<Buffer>;
}
