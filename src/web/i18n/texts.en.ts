// English words of the app, in two parts. The Korean files have the same type: a missing text fails the type check.
import { consoleEn } from './console.en.ts';
import { roomEn } from './room.en.ts';

export const textsEn = { ...roomEn, console: consoleEn };

export type Texts = typeof textsEn;
