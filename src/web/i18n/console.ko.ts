// Korean words that researchers see.
import type { consoleEn } from './console.en.ts';

export const consoleKo: typeof consoleEn = { title: '연구 콘솔' };
