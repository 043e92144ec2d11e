// Which reader takes which container apart.
import type { AudioFormat } from './audio-format.ts';
import type { MediaReader } from './media-reader.ts';
import { createMp4Reader } from './mp4-reader.ts';
import { createOggReader } from './ogg-reader.ts';
import { createWavReader } from './wav-reader.ts';
import { createWebmReader } from './webm-reader.ts';

/** Undefined: audio of this kind is only ever handled whole. */
export const readerOf = ({ container }: AudioFormat): MediaReader | undefined => {
  if (container === 'webm') return createWebmReader();
  if (container === 'ogg') return createOggReader();
  if (container === 'mp4') return createMp4Reader();
  return container === 'wav' ? createWavReader() : undefined;
};
