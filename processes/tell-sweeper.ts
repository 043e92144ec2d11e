// Has what runs on a folder killed, and the folder removed, when this process ends without having done it.
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

let sweeper: Writable | undefined;

/** Whatever becomes of this process, the sweeper hears of it by the end of the pipe. */
export const tellSweeper = (verb: 'sweep' | 'remove' | 'forget', folder: string): void => {
  if (sweeper === undefined) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'sweeper.ts')], {
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.unref();
    sweeper = child.stdin;
    if (child.stdin instanceof Socket) child.stdin.unref();
  }
  sweeper.write(`${verb} ${folder}\n`);
};
