// Who on this node listens to which channel. Calls the listeners, and keeps one that throws from harming the others; knows
// nothing of Redis.
import type { Logger } from 'pino';

export interface ChannelListener {
  onMessage(message: string): void;
  /** The subscription has just taken effect, for the first time or again: what was published before may have been missed. */
  onBegin(): void;
}

export interface ChannelListeners {
  has(channel: string): boolean;
  /** Those with a listener. */
  channels(): string[];
  add(channel: string, listener: ChannelListener): void;
  /** True when this was the channel's last listener. */
  remove(channel: string, listener: ChannelListener): boolean;
  receive(channel: string, message: string): void;
  begin(channel: string): void;
  /** Soon, and only if it still listens then. */
  beginSoon(channel: string, listener: ChannelListener): void;
  clear(): void;
}

export const createChannelListeners = (log: Logger): ChannelListeners => {
  const byChannel = new Map<string, Set<ChannelListener>>();

  const call = (channel: string, run: (listener: ChannelListener) => void, listener: ChannelListener): void => {
    try {
      run(listener);
    } catch (error) {
      log.error({ err: error, channel }, 'a message between nodes was not handled');
    }
  };

  const callAll = (channel: string, run: (listener: ChannelListener) => void): void => {
    for (const listener of byChannel.get(channel) ?? []) call(channel, run, listener);
  };

  return {
    has: (channel) => byChannel.has(channel),
    channels: () => [...byChannel.keys()],
    add(channel, listener) {
      const listeners = byChannel.get(channel) ?? new Set();
      byChannel.set(channel, listeners.add(listener));
    },
    remove(channel, listener) {
      const listeners = byChannel.get(channel);
      if (!listeners?.delete(listener) || listeners.size > 0) return false;
      return byChannel.delete(channel);
    },
    receive: (channel, message) => callAll(channel, (listener) => listener.onMessage(message)),
    begin: (channel) => callAll(channel, (listener) => listener.onBegin()),
    beginSoon(channel, listener) {
      queueMicrotask(() => {
        if (byChannel.get(channel)?.has(listener)) call(channel, (each) => each.onBegin(), listener);
      });
    },
    clear: () => byChannel.clear(),
  };
};
