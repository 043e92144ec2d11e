// What a file is, by its first bytes. What was declared about it is a hint, used only where the bytes say nothing: services
// refuse a file whose ending does not fit.

export interface AudioFormat {
  readonly container: 'webm' | 'ogg' | 'mp4' | 'wav' | 'mp3' | 'flac' | 'unknown';
  readonly ending: string;
  readonly mimeType: string;
}

const formatOf = (container: AudioFormat['container'], mimeType: string): AudioFormat => ({
  container,
  ending: container,
  mimeType,
});

export const WAV = formatOf('wav', 'audio/wav');
const WEBM = formatOf('webm', 'audio/webm');
const OGG = formatOf('ogg', 'audio/ogg');
const MP4 = formatOf('mp4', 'audio/mp4');
const MP3 = formatOf('mp3', 'audio/mpeg');
const FLAC = formatOf('flac', 'audio/flac');

const DECLARED: Readonly<Record<string, AudioFormat>> = {
  'audio/webm': WEBM,
  'video/webm': WEBM,
  'audio/ogg': OGG,
  'audio/mp4': MP4,
  'audio/x-m4a': MP4,
  'audio/m4a': MP4,
  'video/mp4': MP4,
  'audio/mpeg': MP3,
  'audio/mp3': MP3,
  'audio/wav': WAV,
  'audio/wave': WAV,
  'audio/x-wav': WAV,
  'audio/flac': FLAC,
};

/** So many first bytes tell every format that is known here. */
export const TELLING_BYTES = 12;

const textAt = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

const seenIn = (bytes: Uint8Array): AudioFormat | undefined => {
  const four = textAt(bytes, 0, 4);
  if (four === '\x1a\x45\xdf\xa3') return WEBM;
  if (four === 'OggS') return OGG;
  if (four === 'fLaC') return FLAC;
  if (four === 'RIFF' && textAt(bytes, 8, 12) === 'WAVE') return WAV;
  if (textAt(bytes, 4, 8) === 'ftyp') return MP4;
  // An MPEG frame of layer III begins with eleven ones.
  const isMpegFrame = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2;
  return four.startsWith('ID3') || isMpegFrame ? MP3 : undefined;
};

/** `audio/webm` of `AUDIO/WebM; codecs=opus` */
export const bareTypeOf = (declared: string): string => (declared.split(';', 1)[0] ?? '').trim().toLowerCase();

/** Bytes that tell nothing go by what was declared, as WebM if that is not known either: most browsers record it. */
export const audioFormatOf = (firstBytes: Uint8Array, declared: string): AudioFormat => {
  const seen = seenIn(firstBytes);
  if (seen) return seen;
  const said = DECLARED[bareTypeOf(declared)] ?? WEBM;
  return { ...said, container: 'unknown' };
};
