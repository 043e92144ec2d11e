import { afterEach, expect, test, vi } from 'vitest';
import { createMicrophone } from './microphone.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const refusing = (): never => {
  throw new DOMException('AudioNodes of different sample-rate', 'NotSupportedError');
};

test.each([
  [
    'refuses its stream',
    class {
      state = 'running';
      createMediaStreamSource = refusing;
      close = async () => {};
    },
  ],
  ['cannot be made', refusing],
  ['is absent', undefined],
])('[CL16] a microphone whose meter %s is open all the same', async (_, audioContext) => {
  const track = { getSettings: () => ({ deviceId: 'mic' }), stop() {} };
  const stream = { getAudioTracks: () => [track], getTracks: () => [track] };
  vi.stubGlobal('navigator', {
    mediaDevices: {
      getUserMedia: async () => stream,
      enumerateDevices: async () => [],
      addEventListener() {},
      removeEventListener() {},
    },
  });
  vi.stubGlobal('MediaStream', class {});
  vi.stubGlobal('AudioContext', audioContext);
  const microphone = createMicrophone();
  expect(await microphone.open()).toMatchObject({ status: 'open', deviceId: 'mic', needsGesture: false });
  expect(microphone.track).toBe(track);
  await microphone.resume();
  microphone.close();
});
