// React's view of the client's microphone: its state, and its level for meters.
import { useEffect, useState } from 'react';
import type { Microphone, MicrophoneState } from '../../client/index.ts';

export const useMicrophone = (microphone: Microphone): MicrophoneState => {
  const [state, setState] = useState(microphone.state);
  useEffect(() => {
    setState(microphone.state);
    return microphone.on('change', setState);
  }, [microphone]);
  return state;
};

export const useLevel = (microphone: Microphone): number => {
  const [level, setLevel] = useState(0);
  useEffect(() => microphone.on('level', setLevel), [microphone]);
  return level;
};
