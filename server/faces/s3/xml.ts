// The little XML that S3 speaks: written by hand, and of what comes in only the list of parts, read without a parser that
// could be made to fetch or to expand anything.

import type { UploadedPart } from '../dependencies.ts';
import { S3Refusal } from './refusal.ts';

export type Xml = string | number | readonly (readonly [name: string, content: Xml])[];

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A whole document. Errors have no namespace. */
export function writeXml(root: string, content: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${root === 'Error' ? '' : ` xmlns="${namespace}"`}>${write(content)}</${root}>`;
}

function write(content: Xml): string {
  if (typeof content === 'object') return content.map(([name, inner]) => `<${name}>${write(inner)}</${name}>`).join('');
  return String(content).replace(/[<>&"'\p{Cc}]/gu, (sign) => (/\p{Cc}/u.test(sign) ? ' ' : `&#${sign.charCodeAt(0)};`));
}

/** What a CompleteMultipartUpload names. Throws S3Refusal. */
export function readParts(bytes: Uint8Array): readonly UploadedPart[] {
  const text = new TextDecoder().decode(bytes);
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new S3Refusal('MalformedXML', 'The list of parts must not declare anything.');
  return [...text.matchAll(/<Part>([^]*?)<\/Part>/g)].map(([, part = '']) => {
    const number = /<PartNumber>\s*(\d{1,5})\s*<\/PartNumber>/.exec(part)?.[1];
    const eTag = /<ETag>([^<]*)<\/ETag>/.exec(part)?.[1]?.replace(/&quot;|&#34;|&#x22;|["\s]/gi, '');
    if (number === undefined || eTag === undefined) throw new S3Refusal('MalformedXML', 'Each Part needs a PartNumber and an ETag.');
    return { number: Number(number), eTag };
  });
}
