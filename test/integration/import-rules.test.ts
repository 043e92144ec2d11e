// The import rules catch what they are there for: a small tree with one forbidden import per file, cruised with the real rules.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot, runCommand } from '../../processes/run-command.ts';

/** Rule, file, what it imports: a path from the root of the tree, or the name of a package. */
const FORBIDDEN = [
  ['no-barrels', 'src/rooms/a.ts', 'src/room/index.ts'],
  ['no-junk-drawers', 'src/rooms/b.ts', 'src/rooms/utils.ts'],
  ['no-junk-drawers', 'src/http/b.ts', 'src/http/helpers/dates.ts'],
  ['no-unresolved', 'src/rooms/c.ts', 'not-installed'],
  ['sources-never-import-tests', 'src/rooms/d.ts', 'test/support/fake.ts'],
  ['sources-never-import-tests', 'src/rooms/e.ts', 'src/rooms/other.test.ts'],
  ['protocol-is-the-ground', 'src/protocol/a.ts', 'src/room/state.ts'],
  ['protocol-is-the-ground', 'src/protocol/b.ts', 'node:crypto'],
  ['room-is-pure', 'src/room/a.ts', 'node:crypto'],
  ['room-is-pure', 'src/room/b.ts', 'zod'],
  ['analysis-is-pure', 'src/analysis/a.ts', 'src/infra/openai/speech.ts'],
  ['services-know-no-transport', 'src/studies/a.ts', 'src/http/routes.ts'],
  ['services-know-no-transport', 'src/recordings/a.ts', 'src/infra/postgres/store.ts'],
  ['services-know-no-driver', 'src/access/a.ts', 'pg'],
  ['jobs-know-no-transport', 'src/jobs/a.ts', 'src/realtime/server.ts'],
  ['jobs-know-no-driver', 'src/jobs/b.ts', 'openai'],
  ['http-knows-services-only', 'src/http/a.ts', 'src/realtime/server.ts'],
  ['realtime-knows-services-only', 'src/realtime/a.ts', 'src/http/routes.ts'],
  ['transports-know-no-driver', 'src/http/c.ts', 'pg'],
  ['infra-serves-ports', 'src/infra/postgres/a.ts', 'src/infra/openai/speech.ts'],
  ['infra-serves-ports', 'src/infra/memory/a.ts', 'src/rooms/copies/load-room.ts'],
  ['infra-decides-nothing', 'src/infra/postgres/b.ts', 'src/room/state.ts'],
  ['one-driver-one-folder', 'src/infra/memory/b.ts', 'pg'],
  ['openai-in-one-folder', 'src/infra/postgres/c.ts', 'openai'],
  ['client-stands-alone', 'src/client/a.ts', 'react'],
  ['client-stands-alone', 'src/client/b.ts', 'src/room/state.ts'],
  ['web-talks-through-the-client', 'src/web/a.tsx', 'src/http/routes.ts'],
  ['web-talks-through-the-client', 'src/web/b.tsx', 'socket.io-client'],
  ['web-uses-the-client-door', 'src/web/c.tsx', 'src/client/voice/mesh.ts'],
  ['nobody-imports-the-composition', 'src/rooms/f.ts', 'src/compose/app.ts'],
  ['settings-are-handed-in', 'src/rooms/g.ts', 'src/compose/config.ts'],
  ['no-development-packages-at-run-time', 'src/http/d.ts', 'vite'],
  ['no-cycles', 'src/room/ring-one.ts', 'src/room/ring-two.ts'],
] as const;

const ALLOWED = [
  ['src/rooms/good.ts', 'src/room/state.ts'],
  ['src/room/good.ts', 'src/protocol/ids.ts'],
  ['src/protocol/good.ts', 'zod'],
  ['src/http/good.ts', 'src/rooms/copies/load-room.ts'],
  ['src/infra/postgres/good.ts', 'src/rooms/ports.ts'],
  ['src/infra/postgres/good-driver.ts', 'pg'],
  ['src/client/good.ts', 'socket.io-client'],
  ['src/web/good.tsx', 'src/client/index.ts'],
  ['src/room/good.test.ts', 'vitest'],
  ['src/main.ts', 'src/compose/app.ts'],
] as const;

const PACKAGES = ['zod', 'pg', 'openai'];
const DEV_PACKAGES = ['react', 'socket.io-client', 'vite', 'vitest'];
const tree = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-imports-')));
afterAll(() => rmSync(tree, { recursive: true, force: true }));

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), text);
};

const isFile = (target: string): boolean => target.startsWith('src/') || target.startsWith('test/');

const importing = (file: string, target: string): string => {
  const path = relative(dirname(file), target);
  const specifier = isFile(target) ? (path.startsWith('.') ? path : `./${path}`) : target;
  return `import * as it from '${specifier}';\nexport const used = it;\n`;
};

const plant = (): void => {
  const pairs = [...FORBIDDEN.map(([, file, target]) => [file, target] as const), ...ALLOWED];
  for (const [, target] of pairs) if (isFile(target)) write(target, 'export const thing = 1;\n');
  for (const [file, target] of pairs) write(file, importing(file, target));
  write('src/room/ring-two.ts', importing('src/room/ring-two.ts', 'src/room/ring-one.ts'));
  const versions = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));
  write(
    'package.json',
    JSON.stringify({ type: 'module', dependencies: versions(PACKAGES), devDependencies: versions(DEV_PACKAGES) }),
  );
  for (const name of [...PACKAGES, ...DEV_PACKAGES]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = {};\n');
  }
};

describe('.dependency-cruiser.js', () => {
  let violations: { readonly file: string; readonly rule: string }[] = [];

  beforeAll(async () => {
    plant();
    const rules = join(projectRoot, '.dependency-cruiser.js');
    const { output } = await runCommand('depcruise', ['--config', rules, '-T', 'json', 'src'], { cwd: tree });
    const { summary } = JSON.parse(output.slice(output.indexOf('{')));
    violations = summary.violations.map((one: { from: string; rule: { name: string } }) => ({
      file: one.from,
      rule: one.rule.name,
    }));
  });

  it.each(FORBIDDEN)('%s: %s may not import %s', (rule, file) => {
    expect(violations).toContainEqual({ file, rule });
  });

  it.each(ALLOWED)('%s may import %s', (file) => {
    expect(violations.filter((violation) => violation.file === file)).toEqual([]);
  });
});
