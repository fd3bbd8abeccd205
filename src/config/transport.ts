// The options of TLS, WebSocket, load balancers and the limits on connections, and what of them contradicts
// each other.
import { z } from 'zod'
import { isAddressRange } from '../lib/addresses.ts'

const paths = z.array(z.string().min(1)).min(1).max(64).optional()

const tls = z.strictObject({
  cert: paths.meta({
    description: 'PEM files of certificates with their chains. The first is for clients that name no host.',
    hasFlag: true,
    expects: 'a list of 1 to 64 files',
  }),
  key: paths.meta({
    description: 'PEM files of their private keys, in the same order.',
    hasFlag: true,
    expects: 'a list of 1 to 64 files',
  }),
  ca: z.string().min(1).optional().meta({
    description: 'PEM file of the authorities whose client certificates are accepted.',
    hasFlag: true,
  }),
  clientCertificate: z
    .enum(['none', 'optional', 'required'])
    .default('none')
    .describe('Whether clients of mqttsPort show a certificate. One that is shown must be good.'),
  minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('Oldest version of TLS spoken.'),
})

const proxyProtocol = z.strictObject({
  listeners: z
    .array(z.enum(['mqtt', 'mqtts', 'http']))
    .max(3)
    .default([])
    .meta({
      description: 'Listeners behind a load balancer, where each connection begins with a PROXY v2 header.',
      expects: 'a list of mqtt, mqtts, http',
    }),
  trustedAddresses: z.array(z.string().refine(isAddressRange)).max(256).default([]).meta({
    description: 'The balancers: addresses or ranges such as 10.0.0.0/8. Others are refused there.',
    expects: 'a list of addresses or ranges such as 10.0.0.0/8',
  }),
})

/** Members of the whole configuration. */
export const transport = {
  tls: tls.prefault({}).describe('Certificates of this hub.'),
  httpsEnabled: z
    .boolean()
    .optional()
    .describe('Whether httpPort speaks https and wss. Unless said, it does once tls.cert is given.'),
  webSocketOrigins: z
    .array(z.string().regex(/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/))
    .max(256)
    .default([])
    .meta({
      description: 'Origins of web pages that may use MQTT over WebSocket, besides those of this hub itself.',
      expects: 'a list of origins such as https://app.example.org',
    }),
  proxyProtocol: proxyProtocol.prefault({}).describe('For load balancers.'),
}

/** Members of `limits`. */
export const connectionLimits = {
  connectionsMax: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(20_000)
    .describe('MQTT connections at a time, over TCP, TLS and WebSocket together.'),
  connectionsPerAddressMax: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1_000)
    .describe('MQTT connections of one address (IPv6: one /64) at a time. Holds for loopback only if said.'),
  handshakesMax: z
    .int()
    .min(1)
    .max(100_000)
    .default(2_000)
    .describe(
      'TLS handshakes and PROXY headers under way at a time. More connections are closed as they come.',
    ),
  handshakeTimeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(10_000)
    .describe('Milliseconds that a TLS handshake, or a PROXY header, may take.'),
}

export const mqttsPortDefault = 8883

interface Given {
  mqttPort: number
  mqttsPort?: number | undefined
  httpPort: number
  tls: z.output<typeof tls>
  httpsEnabled?: boolean | undefined
  proxyProtocol: z.output<typeof proxyProtocol>
}

/** Says what each value alone allows and together can't be meant. */
export function checkTransport(config: Given, complain: (key: string, sentence: string) => void): void {
  const { cert, key, ca, clientCertificate } = config.tls
  if (cert?.length !== key?.length) {
    complain(cert === undefined ? 'tls.key' : 'tls.cert', 'tls.cert and tls.key must list as many files.')
  }
  if (cert === undefined) checkWithoutTls(config, complain)
  else {
    const mqttsPort = config.mqttsPort ?? mqttsPortDefault
    for (const name of ['mqttPort', 'httpPort'] as const) {
      if (mqttsPort === 0 || config[name] !== mqttsPort) continue
      complain('mqttsPort', `${name} and mqttsPort are both ${mqttsPort}; give them different ports.`)
    }
  }
  if (clientCertificate !== 'none' && ca === undefined) {
    complain(
      'tls.clientCertificate',
      `tls.clientCertificate is ${clientCertificate}, so tls.ca must say whose certificates are accepted.`,
    )
  }
  const { listeners, trustedAddresses } = config.proxyProtocol
  if (listeners.length > 0 && trustedAddresses.length === 0) {
    complain(
      'proxyProtocol.listeners',
      'proxyProtocol.trustedAddresses must list the load balancers: anybody else could claim any address.',
    )
  }
}

function checkWithoutTls(config: Given, complain: (key: string, sentence: string) => void): void {
  if (config.mqttsPort !== undefined) {
    complain('mqttsPort', 'mqttsPort needs a certificate: give tls.cert and tls.key.')
  }
  if (config.httpsEnabled === true) {
    complain('httpsEnabled', 'httpsEnabled needs a certificate: give tls.cert and tls.key.')
  }
  if (config.tls.clientCertificate !== 'none') {
    complain('tls.clientCertificate', 'tls.clientCertificate needs tls.cert and tls.key.')
  }
}
