// Our own client knows what the server takes: in every test, on every server that a test starts, each of its messages and requests
// that is refused as invalid fails the test. It says of itself that it is ours (src/protocol/own-client.ts); the sockets and
// requests by which tests say wrong things do not, and may be refused as they like.
import type { Registry } from 'prom-client';
import { isInvalid } from '../../../src/protocol/own-client.ts';

type Look = () => string[] | Promise<string[]>;

const looks: Look[] = [];
const allowed: string[] = [];
const METRICS = ['trialogue_refused_messages_total', 'trialogue_refused_requests_total'];
const LOGGED = /of our own client was refused as invalid/;

/** A server in this process: what it has counted since it was looked at last. */
export const witnessRegistry = (registry: Registry): void => {
  const seen = new Map<string, number>();
  looks.push(async () => {
    const news: string[] = [];
    for (const name of METRICS) {
      for (const { labels, value } of (await registry.getSingleMetric(name)?.get())?.values ?? []) {
        const { message, method, route, code, client } = labels;
        const what = `${message ?? `${method} ${route}`}: ${code}`;
        if (client !== 'own' || !isInvalid(String(code)) || value === (seen.get(what) ?? 0)) continue;
        seen.set(what, value);
        news.push(what);
      }
    }
    return news;
  });
};

/** A server process: what it has logged since it was looked at last. */
export const witnessOutput = (output: () => string): void => {
  let read = 0;
  looks.push(() => {
    const text = output();
    // Lines that are not whole yet are read the next time.
    const end = text.lastIndexOf('\n') + 1;
    const news = text.slice(read, end).split('\n');
    read = end;
    return news.filter((line) => LOGGED.test(line));
  });
};

/** A test in which somebody types what the server refuses: `what` is part of the message's or request's name. */
export const allowOwnRefusals = (what: string): void => {
  allowed.push(what);
};

export const takeOwnRefusals = async (): Promise<string[]> => {
  const all = (await Promise.all(looks.map((look) => look()))).flat();
  return all.filter((news) => !allowed.some((what) => news.includes(what)));
};
