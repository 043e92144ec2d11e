// AI services that only a proxy reaches.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createAnalyst } from '../../src/infra/openai/analyst.ts';
import { useProxyFromEnv } from '../../src/infra/openai/proxy-from-env.ts';
import { createSpeechToText } from '../../src/infra/openai/speech-to-text.ts';
import { startOpenAiServer } from '../support/jobs/openai-server.ts';

const log = pino({ level: 'silent' });
const AUDIO = { bytes: new Uint8Array([1]), fileName: 'a.ogg', mimeType: 'audio/ogg', language: 'ko', durationMs: 0 };
const QUESTION = { system: 's', user: 'u', schemaName: 'n', schema: { type: 'object' } };

/** Whatever host it is asked for is the AI service. */
const startProxy = async (servicePort: number) => {
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { pathname, host } = new URL(incoming.url ?? '');
    asked.push(host);
    const { method, headers } = incoming;
    const onward = request({ port: servicePort, path: pathname, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.on('connect', ({ url }, socket) => {
    asked.push(url ?? '');
    const onward = connect(servicePort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [onward, socket]) end.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const startBoth = async () => {
  const ai = await startOpenAiServer();
  onTestFinished(() => ai.close());
  ai.chat = () => ({ fine: true });
  return { ai, proxy: await startProxy(ai.port) };
};
const askAt = async (baseUrl: string) => {
  const signal = new AbortController().signal;
  const service = { apiKey: 'sk-local-secret-key', baseUrl };
  await createSpeechToText({ ...service, model: 'whisper-1', shortestTimeoutMs: 5_000 }).transcribe(AUDIO, signal);
  await createAnalyst({ ...service, model: 'gpt-test', timeoutMs: 5_000 }).answer(QUESTION, signal);
};

it.each(['HTTP_PROXY', 'http_proxy'])('[JB20] are asked through it: %s', async (name) => {
  const { ai, proxy } = await startBoth();
  onTestFinished(useProxyFromEnv({ [name]: proxy.url }, log));
  await askAt('http://service.invalid/v1');
  expect(ai.transcriptions).toHaveLength(1);
  expect(ai.chats).toHaveLength(1);
  expect(new Set(proxy.asked.map((host) => host.replace(/:80$/, '')))).toEqual(new Set(['service.invalid']));
});

it('[JB20] what NO_PROXY names, and this machine, is asked directly', async () => {
  const { ai, proxy } = await startBoth();
  onTestFinished(useProxyFromEnv({ HTTP_PROXY: proxy.url, NO_PROXY: '.invalid' }, log));
  await askAt(ai.url);
  expect(ai.chats).toHaveLength(1);
  await expect(askAt('http://service.invalid/v1')).rejects.toThrow();
  expect(proxy.asked).toEqual([]);
});

it('[JB20] a proxy that is no URL stops the start, and its password is not shown', () => {
  const start = () => useProxyFromEnv({ HTTPS_PROXY: 'http://user:secret-word@:::' }, log);
  expect(start).toThrow(/HTTPS_PROXY: must be the URL/);
  expect(start).not.toThrow(/secret-word/);
});
