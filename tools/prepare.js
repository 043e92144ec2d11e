// Run by npm after an install: builds the web page, so that `npm start` needs no further command.
// Plain JavaScript, because an install without development packages (no Vite, no pinned Node) runs it on whatever Node is there;
// such an install brings a built dist/web with it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));
const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url));

const source = fileURLToPath(new URL('../src/web/index.html', import.meta.url));

if (!existsSync(vite) || !existsSync(source)) {
  process.stdout.write('prepare: nothing to build the web page with; dist/web is used as it is.\n');
} else {
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: projectRoot,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
