// What can be wrong with an object or a multipart upload beyond what any bundle may be refused for. The words are S3's.

export type ObjectTroubleCode = 'NoSuchUpload' | 'InvalidPart' | 'InvalidPartOrder' | 'SlowDown';

export class ObjectTrouble extends Error {
  readonly code: ObjectTroubleCode;
  constructor(code: ObjectTroubleCode, message: string) {
    super(message);
    this.code = code;
  }
}
