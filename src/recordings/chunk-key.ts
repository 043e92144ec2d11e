// Where a chunk lies in storage. The digest is part of the key: two uploads that race for one index never overwrite each
// other's bytes, and the row that wins points at its own.

export const chunkKeyOf = (path: string, chunk: { readonly index: number; readonly digest: string }): string =>
  `${path}/${String(chunk.index).padStart(5, '0')}-${Buffer.from(chunk.digest, 'base64').toString('hex')}`;
