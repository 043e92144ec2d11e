// Which files a container engine would be sent: .dockerignore as the engine understands it. The last pattern that fits a file,
// or a folder above it, decides; `!` lets in again.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Pattern {
  readonly fits: RegExp;
  readonly letsIn: boolean;
}

const WILDCARDS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

const patternOf = (line: string): Pattern => {
  const letsIn = line.startsWith('!');
  const glob = line.replace(/^!/, '').replace(/^\/|\/$/g, '');
  const source = glob.replaceAll(/\*\*\/|\*\*|\*|\?|[.+^$()|{}[\]\\]/g, (part) => WILDCARDS[part] ?? `\\${part}`);
  return { fits: new RegExp(`^${source}$`), letsIn };
};

/** Is a file (path from the context's root, with slashes) left out? */
export const createIgnore = (dockerignore: string): ((file: string) => boolean) => {
  const lines = dockerignore.split('\n').map((line) => line.trim());
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#')).map(patternOf);
  return (file) => {
    const names = file.split('/');
    const paths = names.map((_, depth) => names.slice(0, depth + 1).join('/'));
    const last = patterns.findLast(({ fits }) => paths.some((path) => fits.test(path)));
    return last !== undefined && !last.letsIn;
  };
};

/** The files that git has or would take, less those that .dockerignore names. */
export const listContext = (folder: string): string[] => {
  const isIgnored = createIgnore(readFileSync(join(folder, '.dockerignore'), 'utf8'));
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).split('\0');
  return files.filter((file) => file !== '' && !isIgnored(file) && existsSync(join(folder, file)));
};
