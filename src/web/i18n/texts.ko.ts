// Korean words of the app.
import { consoleKo } from './console.ko.ts';
import { roomKo } from './room.ko.ts';
import type { Texts } from './texts.en.ts';

export const textsKo: Texts = { ...roomKo, console: consoleKo };
