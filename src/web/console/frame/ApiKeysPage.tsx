// The keys of researchers: made here and shown once, listed, revoked.
import { Alert, Badge, Button, Code, Group, Paper, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { type FormEvent, useCallback, useState } from 'react';
import type { ApiKeyAnswer } from '../../../protocol/access-answers.ts';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { dateText } from '../../ui/format.ts';
import { Loaded } from './Loaded.tsx';
import { useApi } from './session.tsx';
import { useAction } from './use-action.ts';
import { useRequest } from './use-request.ts';

export const ApiKeysPage = () => {
  const words = useTexts().console.keys;
  const { language } = useLanguage();
  const api = useApi();
  const request = useRequest(useCallback(() => api.apiKeys(), [api]));
  const action = useAction();
  const [name, setName] = useState('');
  const [made, setMade] = useState<ApiKeyAnswer>();
  const [revoking, setRevoking] = useState<ApiKeyAnswer>();

  const create = async (event: FormEvent) => {
    event.preventDefault();
    await action.run(async () => {
      setMade(await api.createApiKey(name.trim()));
      setName('');
      request.reload();
    });
  };
  const revoke = async (key: ApiKeyAnswer) => {
    await action.run(async () => {
      await api.revokeApiKey(key.id);
      request.reload();
    });
    setRevoking(undefined);
  };

  return (
    <Stack gap="lg">
      <div>
        <Title order={1} size="h2">
          {words.title}
        </Title>
        <Text c="dimmed">{words.intro}</Text>
      </div>
      <Paper className="card" component="form" onSubmit={create}>
        <Group align="flex-end">
          <TextInput
            label={words.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            className="grow"
            data-testid="api-key-name"
          />
          <Button
            type="submit"
            leftSection={<IconPlus size={20} aria-hidden />}
            disabled={name.trim() === ''}
            loading={action.isBusy}
            data-testid="make-api-key"
          >
            {words.create}
          </Button>
        </Group>
        {action.failure !== undefined && (
          <Alert color="red" role="alert" mt="sm">
            {action.failure}
          </Alert>
        )}
        {made?.key !== undefined && (
          <Alert color="teal" mt="md" icon={<IconKey aria-hidden />} title={words.once} role="status">
            <Group>
              <Code fz="md" className="long-text" data-testid="new-api-key">
                {made.key}
              </Code>
              <CopyButton size="sm" text={made.key} />
            </Group>
          </Alert>
        )}
      </Paper>
      <Loaded request={request}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{words.none}</Text>
          ) : (
            <Paper className="card table-card">
              <Table verticalSpacing="sm">
                <Table.Tbody>
                  {items.map((key) => (
                    <Table.Tr key={key.id}>
                      <Table.Td fw={600}>{key.name}</Table.Td>
                      <Table.Td>
                        <Code>{key.prefix}…</Code>
                      </Table.Td>
                      <Table.Td>
                        {words.created} {dateText(key.createdAt, language)}
                      </Table.Td>
                      <Table.Td ta="right">
                        {key.revokedAt === undefined ? (
                          <Button size="sm" variant="default" c="red.9" onClick={() => setRevoking(key)}>
                            {words.revoke}
                          </Button>
                        ) : (
                          <Badge variant="default" tt="none">
                            {words.revoked}
                          </Badge>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Paper>
          )
        }
      </Loaded>
      <ConfirmDialog
        isOpen={revoking !== undefined}
        title={words.revokeTitle(revoking?.name ?? '')}
        text={words.revokeText}
        confirm={words.revoke}
        onConfirm={async () => {
          if (revoking !== undefined) await revoke(revoking);
        }}
        onClose={() => setRevoking(undefined)}
      />
    </Stack>
  );
};
