// `npm run check`: everything that can be said about the code without running it. Each check is a command that also works alone.
import { runCommand } from '../processes/run-command.ts';

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const FOLDERS = ['src', 'processes', 'tools', 'bench', 'test'] as const;

const CHECKS: readonly Check[] = [
  { name: 'format and lint', command: ['biome', 'ci', '--colors=off', '--error-on-warnings', '.'] },
  // Biome has this rule too, but overlooks promises of packages and of Node: `once`, `delay`, `pool.query`.
  { name: 'no promise is left to itself', command: ['oxlint', '--type-aware', ...FOLDERS] },
  { name: 'types of the server (no browser there)', command: ['tsc', '-p', 'tsconfig.server.json'] },
  { name: 'types of tests, tools and client', command: ['tsc', '-p', '.'] },
  { name: 'types of the web page', command: ['tsc', '-p', 'src/web'] },
  { name: 'regular expressions take linear time', command: ['node', 'tools/check-regexes.ts'] },
  { name: 'import rules', command: ['depcruise', '--config', '.dependency-cruiser.js', '--no-cache', ...FOLDERS] },
  { name: 'generated code is up to date', command: ['node', 'tools/check-generated.ts'] },
  { name: 'migrations equal schema', command: ['node', 'tools/check-migrations.ts'] },
  { name: 'lock file is complete', command: ['node', 'tools/check-lock.ts'] },
  { name: 'spec ids', command: ['node', 'tools/check-spec.ts'] },
  { name: 'file sizes', command: ['node', 'tools/check-sizes.ts'] },
];

const failed: string[] = [];
for (const { name, command } of CHECKS) {
  const [program, ...args] = command;
  const { exitCode, output, seconds } = await runCommand(program, args);
  console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`);
  if (exitCode === 0) continue;
  failed.push(name);
  console.log(output.trimEnd().replaceAll(/^/gm, '    '));
  if (/ENOENT/.test(output)) console.log('    not installed: npm ci');
  console.log(`    alone: npx ${command.join(' ')}`);
}
console.log(failed.length === 0 ? `All ${CHECKS.length} checks passed.` : `Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
