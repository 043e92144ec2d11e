// The lint against promises that nobody waits for catches what it is there for: planted ones, in a tree of their own.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot, runCommand } from '../../processes/run-command.ts';

const BEFORE = `
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
const save = async () => { await delay(1); };
export const run = (port: { put(): Promise<void> }, pool: pg.Pool, later?: () => Promise<void>): void => {
`;
const CAUGHT = [
  'save();',
  'port.put();',
  'later?.();',
  'delay(1);',
  "pool.query('SELECT 1');",
  'save().then(() => {});',
  '[1].map(async () => {});',
  '(async () => {})();',
];
const ALLOWED = ['void save();', 'save().catch(() => {});', 'save().then(() => {}, () => {});'];

const tree = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-promises-')));
afterAll(() => rmSync(tree, { recursive: true, force: true }));

describe('.oxlintrc.json', () => {
  let lines: string[] = [];

  beforeAll(async () => {
    mkdirSync(join(tree, 'src'));
    symlinkSync(join(projectRoot, 'node_modules'), join(tree, 'node_modules'));
    writeFileSync(join(tree, 'package.json'), '{ "type": "module" }');
    const compilerOptions = { strict: true, target: 'es2024', module: 'nodenext', types: ['node'], skipLibCheck: true };
    writeFileSync(join(tree, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
    const text = `${BEFORE}${[...CAUGHT, ...ALLOWED].join('\n')}\n};\n`;
    writeFileSync(join(tree, 'src/planted.ts'), text);
    const args = ['--config', join(projectRoot, '.oxlintrc.json'), '--type-aware', '--format', 'unix', 'src'];
    const { output } = await runCommand('oxlint', args, { cwd: tree });
    const found = [...output.matchAll(/planted\.ts:(\d+):\d+: .*no-floating-promises/g)];
    lines = found.map(([, line]) => text.split('\n')[Number(line) - 1] ?? '');
  });

  it.each(CAUGHT)('refuses %s', (statement) => {
    expect(lines).toContain(statement);
  });

  it.each(ALLOWED)('takes %s', (statement) => {
    expect(lines).not.toContain(statement);
  });
});
