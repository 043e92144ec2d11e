// A file that outgrows its limit is to be split by reason to change. Generated code is not counted.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../processes/run-command.ts';

/** The first that fits counts. */
const LIMITS: readonly (readonly [RegExp, number])[] = [
  // Tables: a line for each entry, read by looking one up.
  [/^src\/protocol\/error-codes\.ts$/, 400],
  [/^src\/web\/i18n\/[a-z]+\.(en|ko)\.ts$/, 400],
  [/\.css$/, 400],
  [/\.test\.tsx?$/, 300],
  [/^src\/rooms\//, 150],
  [/^src\//, 250],
  [/^(processes|tools|bench|test)\//, 300],
];

const limitOf = (file: string): number => LIMITS.find(([path]) => path.test(file))?.[1] ?? 0;

const sourceFiles = (folder: string): string[] =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|js|css)$/.test(name) && !/(^|[\\/])(generated|node_modules)[\\/]/.test(name))
    .map((name) => join(folder, name).replaceAll('\\', '/'));

const tooLong = ['src', 'processes', 'test', 'bench', 'tools']
  .flatMap(sourceFiles)
  .map((file) => ({ file, lines: readFileSync(join(projectRoot, file), 'utf8').trimEnd().split('\n').length }))
  .filter(({ file, lines }) => lines > limitOf(file));

for (const { file, lines } of tooLong) {
  console.error(`${file} has ${lines} lines, ${limitOf(file)} are allowed: split it by reason to change.`);
}
process.exitCode = tooLong.length === 0 ? 0 : 1;
