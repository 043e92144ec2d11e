// The sound check: asks for the microphone, shows its level, helps where it fails. There is always a way on.
import { Alert, Button, Group, List, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconArrowRight, IconCircleCheck, IconMicrophone } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { Microphone, MicrophoneProblem } from '../../client/index.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { LevelMeter } from '../ui/LevelMeter.tsx';
import { useLevel, useMicrophone } from './use-microphone.ts';

/** Loud enough on the meter's scale, this many times: a voice, not a click. */
const HEARD_LEVEL = 0.12;
const HEARD_TIMES = 6;
const SILENT_AFTER_MS = 10_000;

interface MicCheckProps {
  readonly microphone: Microphone;
  readonly deviceId?: string;
  readonly isJoining: boolean;
  readonly onDone: (choice: { deviceId?: string; listensOnly: boolean }) => void;
  readonly onBack: () => void;
}

export const MicCheck = ({ microphone, deviceId, isJoining, onDone, onBack }: MicCheckProps) => {
  const texts = useTexts();
  const state = useMicrophone(microphone);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);

  return (
    <Paper className="step-card" aria-busy={state.status === 'opening'}>
      <div>
        <Text size="sm" c="dimmed">
          {texts.join.steps(2, 2)}
        </Text>
        <Title order={1} size="h2" ref={heading} tabIndex={-1} className="quiet-focus">
          {texts.mic.title}
        </Title>
      </div>
      {state.status === 'failed' && (
        <MicHelp
          problem={state.problem ?? 'unknown'}
          onRetry={() => void microphone.open()}
          onListenOnly={() => onDone({ listensOnly: true })}
        />
      )}
      {(state.status === 'closed' || state.status === 'opening') && (
        <Stack align="center" ta="center">
          <IconMicrophone size={72} aria-hidden className="soft-icon" />
          <Text size="lg">{texts.mic.ask}</Text>
          <Button
            size="lg"
            fullWidth
            loading={state.status === 'opening'}
            onClick={() => void microphone.open(deviceId)}
            data-testid="mic-allow-button"
          >
            {texts.mic.allow}
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {state.status === 'opening' ? texts.mic.waiting : texts.mic.headphones}
          </Text>
        </Stack>
      )}
      {state.status === 'open' && <OpenMicrophone microphone={microphone} isJoining={isJoining} onDone={onDone} />}
      <Button variant="subtle" color="gray" onClick={onBack} disabled={isJoining}>
        {texts.common.back}
      </Button>
    </Paper>
  );
};

const OpenMicrophone = ({
  microphone,
  isJoining,
  onDone,
}: Pick<MicCheckProps, 'microphone' | 'isJoining' | 'onDone'>) => {
  const texts = useTexts();
  const state = useMicrophone(microphone);
  const level = useLevel(microphone);
  const [isHeard, setHeard] = useState(false);
  const [isSilent, setSilent] = useState(false);
  const deviceId = state.deviceId;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another device starts the check anew
  useEffect(() => {
    setHeard(false);
    setSilent(false);
    let loud = 0;
    const off = microphone.on('level', (value) => {
      loud += value >= HEARD_LEVEL ? 1 : 0;
      if (loud >= HEARD_TIMES) setHeard(true);
    });
    const timer = setTimeout(() => setSilent(true), SILENT_AFTER_MS);
    return () => {
      off();
      clearTimeout(timer);
    };
  }, [microphone, deviceId]);

  const done = () => onDone({ listensOnly: false, ...(deviceId === undefined ? {} : { deviceId }) });
  const options = state.devices
    .filter((device) => device.deviceId !== '')
    .map((device, at) => ({ value: device.deviceId, label: device.label || texts.mic.unnamedDevice(at + 1) }));

  return (
    <Stack>
      <LevelMeter level={level} label={texts.mic.level} />
      <div role="status" className="mic-answer">
        {isHeard ? (
          <Group gap="sm" wrap="nowrap" data-testid="mic-heard">
            <IconCircleCheck size={36} color="var(--mantine-color-teal-8)" aria-hidden />
            <div>
              <Text fw={650} size="lg">
                {texts.mic.heard}
              </Text>
              <Text c="dimmed">{texts.mic.heardNext}</Text>
            </div>
          </Group>
        ) : isSilent ? (
          <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} title={texts.mic.silentTitle}>
            {texts.mic.silent}
          </Alert>
        ) : (
          <Text size="lg" fw={600}>
            {texts.mic.sayHello}
          </Text>
        )}
      </div>
      {options.length > 0 && (
        <Select
          label={texts.mic.device}
          data={options}
          value={deviceId ?? options[0]?.value ?? null}
          allowDeselect={false}
          checkIconPosition="right"
          onChange={(value) => {
            if (value !== null) void microphone.open(value);
          }}
          data-testid="mic-device"
        />
      )}
      {state.needsGesture && (
        <Button variant="light" onClick={() => void microphone.resume()}>
          {texts.mic.level}
        </Button>
      )}
      {(isHeard || isSilent) && (
        <Button
          size="lg"
          fullWidth
          loading={isJoining}
          variant={isHeard ? 'filled' : 'outline'}
          onClick={done}
          rightSection={<IconArrowRight size={20} aria-hidden />}
          data-testid={isHeard ? 'mic-continue-button' : 'mic-anyway-button'}
        >
          {isHeard ? texts.mic.continue : texts.mic.continueAnyway}
        </Button>
      )}
    </Stack>
  );
};

interface MicHelpProps {
  readonly problem: MicrophoneProblem;
  readonly onRetry: () => void;
  readonly onListenOnly?: () => void;
}

/** What went wrong with the microphone, and what to do. */
export const MicHelp = ({ problem, onRetry, onListenOnly }: MicHelpProps) => {
  const texts = useTexts();
  const [title, text] = {
    denied: [texts.mic.blockedTitle, undefined],
    not_found: [texts.mic.noneTitle, texts.mic.none],
    in_use: [texts.mic.busyTitle, texts.mic.busy],
    unsupported: [texts.environment.noMicrophoneTitle, texts.environment.otherBrowser],
    unknown: [texts.mic.failedTitle, texts.mic.busy],
  }[problem];
  return (
    <Stack data-testid="mic-help">
      <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} title={title} role="alert">
        {text}
        {problem === 'denied' && (
          <Stack gap="xs">
            <List type="ordered" spacing="xs">
              {texts.mic.blockedSteps.map((step) => (
                <List.Item key={step}>{step}</List.Item>
              ))}
            </List>
            <Text size="sm">{texts.mic.blockedPhone}</Text>
          </Stack>
        )}
      </Alert>
      <Button size="lg" fullWidth onClick={onRetry} data-testid="mic-retry-button">
        {texts.common.retry}
      </Button>
      {onListenOnly !== undefined && (
        <>
          <Button variant="subtle" onClick={onListenOnly} data-testid="mic-listen-only">
            {texts.mic.listenOnly}
          </Button>
          <Text size="sm" c="dimmed" ta="center">
            {texts.mic.listenOnlyNext}
          </Text>
        </>
      )}
    </Stack>
  );
};
