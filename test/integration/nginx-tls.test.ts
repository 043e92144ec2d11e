// https as the configuration offers it, with a certificate made for the occasion.
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, constants } from 'node:http2';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { NGINX, programPath } from '../../processes/find-program.ts';
import { freePort } from '../../processes/free-port.ts';
import { projectRoot, runCommand } from '../../processes/run-command.ts';
import { nginxArguments, writeNginxFiles } from '../../tools/nginx-files.ts';
import { describeWithNginx } from '../support/describe-with-program.ts';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** For 127.0.0.1, valid for a day. */
const makeCertificate = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trialogue-certificate-'));
  try {
    const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', keyFile, '-out', certificateFile],
    ]);
    return { key: readFileSync(keyFile, 'utf8'), certificate: readFileSync(certificateFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

describeWithNginx('nginx with a certificate', () => {
  if (!hasOpenssl && process.env.CI !== 'true') {
    it.skip('(skipped: no openssl found, which makes the certificate)', () => {});
    return;
  }
  const node = createServer((request, response) => response.end(JSON.stringify(request.headers)));
  const sockets = new WebSocketServer({ server: node, path: '/socket.io/' });
  let tls: Awaited<ReturnType<typeof makeCertificate>>;
  let redirectingPort: number;
  let nginx: Nginx;

  beforeAll(async () => {
    sockets.on('connection', (socket) => socket.on('message', (text) => socket.send(`heard ${text}`)));
    node.listen(0, '127.0.0.1');
    await once(node, 'listening');
    const address = node.address();
    if (address === null || typeof address === 'string') throw new Error('the node has no port');
    tls = await makeCertificate();
    redirectingPort = await freePort();
    nginx = await startNginx({ nodes: [address.port], tls, redirectingPort });
  });
  afterAll(async () => {
    await nginx.stop();
    node.close();
    node.closeAllConnections();
  });

  it('tells nodes that the page was asked for by https', async () => {
    const agent = new Agent({ ca: tls.certificate });
    const [response] = await once(get(`${nginx.url}/api/x`, { agent }), 'response');
    let text = '';
    for await (const part of response) text += String(part);
    expect(JSON.parse(text)).toMatchObject({ 'x-forwarded-proto': 'https', host: `127.0.0.1:${nginx.port}` });
    agent.destroy();
  });

  it('carries WebSockets', async () => {
    const socket = new WebSocket(`${nginx.url.replace('https', 'wss')}/socket.io/`, { ca: tls.certificate });
    await once(socket, 'open');
    socket.send('a word');
    expect(String((await once(socket, 'message'))[0])).toBe('heard a word');
    socket.terminate();
  });

  it('takes many requests over one connection', async () => {
    const session = connect(nginx.url, { ca: tls.certificate });
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const stream = session.request({ [constants.HTTP2_HEADER_PATH]: '/api/x' });
        const [headers] = await once(stream, 'response');
        stream.resume();
        await once(stream, 'end');
        return headers[constants.HTTP2_HEADER_STATUS];
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    session.close();
  });

  it('sends plain http to https, method and query kept', async () => {
    const url = `http://127.0.0.1:${redirectingPort}/j/code?pin=1`;
    const response = await fetch(url, { method: 'POST', redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([308, 'https://127.0.0.1/j/code?pin=1']);
  });

  it.each([
    ['as it is', (site: string) => site],
    ['with its lines for https', (site: string) => site.replace(/^listen .*$/m, '').replace(/^# {3}/gm, '')],
  ])('finds nothing wrong with the configuration: site.conf %s', async (_, change) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-nginx-files-')));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    // What only the place has where it is meant to run: certificate, names, a folder for logs, ports below 1024.
    writeNginxFiles(folder, { port: 0, nodes: [], tls });
    const edit = (file: string, how: (text: string) => string) =>
      writeFileSync(join(folder, file), how(readFileSync(join(projectRoot, 'nginx', file), 'utf8')));
    edit('trialogue/nodes.conf', (nodes) => nodes.replaceAll(/server\d:/g, '127.0.0.1:'));
    const ports = [await freePort(), await freePort()];
    edit('trialogue/site.conf', (site) =>
      change(site)
        .replaceAll('/var/log/nginx', folder)
        .replaceAll(/^( *listen )\d+/gm, (_, listen: string) => `${listen}127.0.0.1:${ports.pop()}`),
    );
    const { exitCode, output } = await runCommand(programPath(NGINX), [...nginxArguments(folder), '-t']);
    expect([exitCode, output]).toEqual([0, expect.stringContaining('test is successful')]);
    const complaints = output.split('\n').filter((line) => /\[\w+\]/.test(line));
    // Newer ones would rather have another spelling, which older ones do not know.
    expect(complaints.filter((line) => !/"listen ... http2" directive is deprecated/.test(line))).toEqual([]);
  });
});
