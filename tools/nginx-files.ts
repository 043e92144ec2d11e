// The configuration of nginx/ for nodes on this machine, in a folder of its own: for tests and for clusters tried by hand.
// The files are copied as they are; only the two that differ from site to site are written anew.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../processes/run-command.ts';

export interface NginxFiles {
  /** Of the loopback interface. */
  readonly port: number;
  /** The nodes' ports, on the loopback interface. */
  readonly nodes: readonly number[];
  /** PEM texts; plain http without them. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Beside https: a port that leads there. */
  readonly redirectingPort?: number;
}

/** Into an existing folder, over what an earlier call wrote. The access log is access.log in it. */
export const writeNginxFiles = (folder: string, { port, nodes, tls, redirectingPort }: NginxFiles): void => {
  cpSync(join(projectRoot, 'nginx'), folder, { recursive: true });
  const own = join(folder, 'trialogue');
  const nodeLines = nodes.map((node) => `server 127.0.0.1:${node} max_fails=3 fail_timeout=1s;\n`);
  writeFileSync(join(own, 'nodes.conf'), nodeLines.join(''));
  const siteLines = [`access_log ${join(folder, 'access.log')} trialogue;\n`];
  if (tls) {
    mkdirSync(join(own, 'tls'), { recursive: true });
    writeFileSync(join(own, 'tls/fullchain.pem'), tls.certificate);
    writeFileSync(join(own, 'tls/privkey.pem'), tls.key, { mode: 0o600 });
    siteLines.push(`listen 127.0.0.1:${port} ssl http2 default_server;\n`, 'include trialogue/tls.conf;\n');
    if (redirectingPort !== undefined) siteLines.push(`listen 127.0.0.1:${redirectingPort} default_server;\n`);
  } else {
    siteLines.push(`listen 127.0.0.1:${port} default_server;\n`);
  }
  writeFileSync(join(own, 'site.conf'), siteLines.join(''));
};

/** Arguments that run what `writeNginxFiles` wrote, in the foreground. */
export const nginxArguments = (folder: string): string[] => [
  ...['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')],
  ...['-g', 'daemon off;'],
];
