// One Baileys session per empresa, all in this process: the least of the contract in docs/api.md.
// Nothing is kept but the credentials: a text that comes while no WebSocket is open is gone.
//
//   PORT            where it listens, on loopback (3010)
//   AUTH_DIR        the credentials, a folder per empresa (./auth_info_baileys)
//   HTTPS_PROXY     the way to WhatsApp, or to a simulator of it
//   NOISE_ROOT      a simulator's Noise root, 64 hex digits
//   NODE_EXTRA_CA_CERTS, which node reads itself: the simulator's certificate authority

import { readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import makeWASocket, {
  DisconnectReason, proto, useMultiFileAuthState, WA_CERT_DETAILS
} from '@whiskeysockets/baileys'
import express from 'express'
import { HttpsProxyAgent } from 'https-proxy-agent'
import pino from 'pino'
import QRCode from 'qrcode'
import { WebSocketServer } from 'ws'

const { PORT = '3010', AUTH_DIR = './auth_info_baileys', HTTPS_PROXY, NOISE_ROOT } = process.env
const RETRY_MS = 1000
const logger = pino({ level: process.env.LOG_LEVEL ?? 'silent' }, pino.destination(2))
const agent = HTTPS_PROXY ? new HttpsProxyAgent(HTTPS_PROXY) : undefined
const sessions = new Map()

if (NOISE_ROOT) WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(NOISE_ROOT, 'hex')

function sessionOf(empresaId) {
  if (!sessions.has(empresaId)) {
    const blank = { connected: false, qrCode: null, phoneNumber: null, sock: null, clients: new Set() }
    sessions.set(empresaId, { empresaId, ...blank })
  }
  return sessions.get(empresaId)
}

const folderOf = empresaId => `${AUTH_DIR}/empresa_${empresaId}`

function statusOf({ connected, qrCode, phoneNumber }) {
  const connectionStatus = connected ? 'connected' : 'disconnected'
  return { connected, qrCode, phoneNumber, connectionStatus }
}

function tell(session, type, data) {
  const frame = JSON.stringify({ type, data })
  for (const client of session.clients) client.send(frame)
}

function change(session, changes) {
  Object.assign(session, changes)
  tell(session, 'status', statusOf(session))
}

async function connect(session) {
  if (session.sock || session.starting) return
  session.starting = true
  try {
    const { state, saveCreds } = await useMultiFileAuthState(folderOf(session.empresaId))
    const sock = makeWASocket({ auth: state, logger, agent, syncFullHistory: false })
    session.sock = sock
    sock.ev.on('creds.update', saveCreds)
    sock.ev.on('connection.update', update => updated(session, sock, update))
    sock.ev.on('messages.upsert', ({ messages }) => received(session, messages))
    sock.ev.on('messages.update', updates => receipts(session, updates))
  } finally {
    session.starting = false
  }
}

async function updated(session, sock, { connection, lastDisconnect, qr }) {
  if (qr) {
    session.qrCode = await QRCode.toDataURL(qr)
    tell(session, 'qr', session.qrCode)
  }
  if (connection === 'open') {
    const phoneNumber = sock.user.id.split(':')[0]
    change(session, { connected: true, qrCode: null, phoneNumber })
  }
  if (connection === 'close') {
    await closed(session, sock, lastDisconnect?.error?.output?.statusCode)
  }
}

async function closed(session, sock, reason) {
  const paired = Boolean(sock.authState.creds.me)
  // At once when a connection has broken, and not in a hot loop where none can be made.
  const pause = session.connected ? 0 : RETRY_MS
  session.sock = null
  if (reason === DisconnectReason.restartRequired) return connect(session)
  change(session, { connected: false, qrCode: null })
  if (reason === DisconnectReason.loggedOut) {
    await rm(folderOf(session.empresaId), { recursive: true, force: true })
  } else if (paired) {
    setTimeout(() => connect(session), pause)
  }
}

function received(session, messages) {
  for (const { key, message, messageTimestamp } of messages) {
    const text = message?.conversation ?? message?.extendedTextMessage?.text
    if (key.fromMe || !text) continue
    const timestamp = Number(messageTimestamp)
    tell(session, 'message', { id: key.id, from: key.remoteJid, text, timestamp })
  }
}

function receipts(session, updates) {
  for (const { key, update } of updates) {
    if (update.status !== proto.WebMessageInfo.Status.DELIVERY_ACK) continue
    tell(session, 'message_state', { id: key.id, state: 'delivered' })
  }
}

async function reconnectAll() {
  const folders = await readdir(AUTH_DIR).catch(() => [])
  for (const folder of folders) {
    const empresaId = Number(folder.replace('empresa_', ''))
    if (empresaId) await connect(sessionOf(empresaId))
  }
}

const app = express()

app.post('/api/bot/connect/:empresaId', async (request, response) => {
  await connect(sessionOf(Number(request.params.empresaId)))
  response.json({ success: true, message: 'Conectando...' })
})

app.get('/api/bot/status/:empresaId', (request, response) => {
  const session = sessions.get(Number(request.params.empresaId))
  if (!session) return response.status(404).json({ error: 'Empresa não encontrada' })
  response.json(statusOf(session))
})

app.post('/api/empresas/:empresaId/messages', express.json(), async (request, response) => {
  const { to, text } = request.body
  const session = sessionOf(Number(request.params.empresaId))
  const { key } = await session.sock.sendMessage(`${to.replace('+', '')}@s.whatsapp.net`, { text })
  response.status(202).json({ id: key.id, state: 'server_ack' })
})

const server = createServer(app)

new WebSocketServer({ server, path: '/ws' }).on('connection', (client, request) => {
  const empresaId = Number(new URL(request.url, 'http://localhost').searchParams.get('empresa_id'))
  const session = sessionOf(empresaId)
  session.clients.add(client)
  client.on('close', () => session.clients.delete(client))
  client.on('error', () => client.terminate())
  client.send(JSON.stringify({ type: 'status', data: statusOf(session) }))
})

server.listen(Number(PORT), '127.0.0.1', () => reconnectAll())
