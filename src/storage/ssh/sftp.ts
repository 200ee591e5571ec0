import type { FileEntryWithStats, SFTPWrapper, Stats } from "ssh2";

/** The calls of SFTP as promises. Failures are ssh2's own, with the protocol's status as `code`. */
export const noSuchFile = 2;
export const permissionDenied = 3;
export const failure = 4;
export const unsupported = 8;

/** Bytes of one request; servers answer at most 32 KiB for sure. */
export const pieceBytes = 32 * 1024;

export function statusOf(error: unknown): number | null {
  return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : null;
}

type Callback<T> = (error: Error | null | undefined, value: T) => void;

function promised<T>(call: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error === null || error === undefined) resolve(value);
      else reject(error);
    });
  });
}

function told(call: (done: (error?: Error | null) => void) => void): Promise<void> {
  return promised<undefined>((done) => call((error) => done(error, undefined)));
}

export const statPath = (sftp: SFTPWrapper, path: string): Promise<Stats> => promised((done) => sftp.stat(path, done));
export const openPath = (sftp: SFTPWrapper, path: string, mode: "r" | "wx"): Promise<Buffer> =>
  promised((done) => sftp.open(path, mode, done));
export const statHandle = (sftp: SFTPWrapper, handle: Buffer): Promise<Stats> => promised((done) => sftp.fstat(handle, done));
export const closeHandle = (sftp: SFTPWrapper, handle: Buffer): Promise<void> => told((done) => sftp.close(handle, done));
export const makeFolder = (sftp: SFTPWrapper, path: string): Promise<void> => told((done) => sftp.mkdir(path, done));
export const removePath = (sftp: SFTPWrapper, path: string): Promise<void> => told((done) => sftp.unlink(path, done));
export const renamePath = (sftp: SFTPWrapper, from: string, to: string): Promise<void> =>
  told((done) => sftp.rename(from, to, done));
export const replacePath = (sftp: SFTPWrapper, from: string, to: string): Promise<void> =>
  told((done) => sftp.ext_openssh_rename(from, to, done));
export const listFolder = (sftp: SFTPWrapper, path: string): Promise<FileEntryWithStats[]> =>
  promised((done) => sftp.readdir(path, done));

/** Up to `length` bytes at a position; fewer at the end of the file, none behind it. */
export function readPiece(sftp: SFTPWrapper, handle: Buffer, position: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(length);
  return new Promise((resolve, reject) => {
    sftp.read(handle, buffer, 0, length, position, (error, count) => {
      // Status 1 is the end of the file.
      if (error !== undefined && error !== null && statusOf(error) !== 1) reject(error);
      else resolve(buffer.subarray(0, error === undefined || error === null ? count : 0));
    });
  });
}

export function writePiece(sftp: SFTPWrapper, handle: Buffer, bytes: Uint8Array, position: number): Promise<void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return told((done) => sftp.write(handle, buffer, 0, buffer.length, position, done));
}
