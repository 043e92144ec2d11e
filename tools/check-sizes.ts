// A file that nears 250 lines is to be split by reason to change; over 300 it fails. Generated code is not counted.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../processes/run-command.ts';

const MAX_LINES = 300;
const FOLDERS = ['src', 'processes', 'test', 'bench', 'tools'];

const sourceFiles = (folder: string): string[] =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|js|css)$/.test(name) && !/(^|[\\/])(generated|node_modules)[\\/]/.test(name))
    .map((name) => join(folder, name));

const tooLong = FOLDERS.flatMap(sourceFiles)
  .map((file) => ({ file, lines: readFileSync(join(projectRoot, file), 'utf8').trimEnd().split('\n').length }))
  .filter(({ lines }) => lines > MAX_LINES);

for (const { file, lines } of tooLong) {
  console.error(`${file} has ${lines} lines, ${MAX_LINES} are allowed: split it by reason to change.`);
}
process.exitCode = tooLong.length === 0 ? 0 : 1;
