# One image for server nodes and workers; ROLE says which it is. DATABASE_URL must be given: the embedded PostgreSQL is left out.
# Debian and not Alpine, because Node's own builds are made for glibc; those for Alpine's musl are called experimental.

# The web page is built with the development packages, which go no further than this stage. No package's script runs in it.
FROM node:24-slim AS web
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json vite.config.ts ./
COPY src src
RUN npm run build:web

# Without optional packages too: PostgreSQL's binaries, and Prisma's command line with all that hangs on it (320 of 467 MB).
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY package.json ./
COPY --from=packages /app/node_modules node_modules
COPY --from=web /app/dist/web dist/web
COPY prisma/migrations prisma/migrations
COPY tools/health-check.js tools/
COPY src src
# An empty volume takes its owner from the folder that it is mounted on. What the program itself consists of stays root's.
RUN install -d -o node -g node /data /recordings
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "tools/health-check.js"]
# Not npm start: node itself has to get the SIGTERM.
CMD ["node", "src/preflight.js"]
