// API keys in PostgreSQL: digests only.
import type { ApiKeyStore, StoredApiKey } from '../../access/ports.ts';
import type { ApiKey, PrismaClient } from './generated/client.ts';

const keyOf = ({ id, name, prefix, hash, createdAt, revokedAt }: ApiKey): StoredApiKey => ({
  id,
  name,
  prefix,
  hash,
  createdAt: createdAt.getTime(),
  ...(revokedAt && { revokedAt: revokedAt.getTime() }),
});

export const createApiKeyStore = (prisma: PrismaClient): ApiKeyStore => ({
  async add({ id, name, prefix, hash, createdAt }) {
    await prisma.apiKey.create({ data: { id, name, prefix, hash, createdAt: new Date(createdAt) } });
  },

  list: async () => (await prisma.apiKey.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })).map(keyOf),

  async activeOfHash(hash) {
    const key = await prisma.apiKey.findFirst({ where: { hash, revokedAt: null } });
    return key ? keyOf(key) : undefined;
  },

  isActive: async (id) => (await prisma.apiKey.count({ where: { id, revokedAt: null } })) > 0,

  async revoke(id, at) {
    const { count } = await prisma.apiKey.updateMany({
      where: { id, revokedAt: null },
      data: { revokedAt: new Date(at) },
    });
    return count > 0 || (await prisma.apiKey.count({ where: { id } })) > 0;
  },
});
