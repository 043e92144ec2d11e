// The tracks that can be heard on this page: one at a time, and any of them from any instant.
import { createContext, type ReactNode, useContext, useMemo, useRef } from 'react';

export interface PlayableTrack {
  /** Room clock, epoch ms, of the track's first sample. */
  readonly startedAt: number;
  /** Resolves when the audio can be played. */
  readonly prepare: () => Promise<HTMLAudioElement | undefined>;
}

interface Player {
  register(recordingId: string, track: PlayableTrack): () => void;
  /** Plays the recording from that instant of the room clock. */
  playFrom(recordingId: string, at: number): Promise<void>;
  /** Called when an element starts: all others stop. */
  onPlaying(element: HTMLAudioElement): void;
}

const PlayerContext = createContext<Player | undefined>(undefined);

export const usePlayer = (): Player => {
  const player = useContext(PlayerContext);
  if (player === undefined) throw new Error('usePlayer works only inside a PlayerProvider');
  return player;
};

export const PlayerProvider = ({ children }: { children: ReactNode }) => {
  const tracks = useRef(new Map<string, PlayableTrack>());
  const playing = useRef<HTMLAudioElement>(undefined);
  const player = useMemo<Player>(
    () => ({
      register(recordingId, track) {
        tracks.current.set(recordingId, track);
        return () => tracks.current.delete(recordingId);
      },
      async playFrom(recordingId, at) {
        const track = tracks.current.get(recordingId);
        const element = await track?.prepare();
        if (track === undefined || element === undefined) return;
        element.currentTime = Math.max(0, (at - track.startedAt) / 1_000);
        await element.play().catch(() => {});
      },
      onPlaying(element) {
        if (playing.current !== element) playing.current?.pause();
        playing.current = element;
      },
    }),
    [],
  );
  return <PlayerContext value={player}>{children}</PlayerContext>;
};
