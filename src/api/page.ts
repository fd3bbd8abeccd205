// The page of a hub whose portal was not built: what this is, how to build it, how to read data without it. One
// file, no script, nothing from elsewhere.
import { createHash } from 'node:crypto'

const style = `
:root { color-scheme: light dark; --text: #1c2024; --page: #fff; --soft: #f2f4f5; --link: #0b62c4 }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ec; --page: #14171a; --soft: #1f2428; --link: #7db7ff }
}
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; background: var(--page); color: var(--text);
  font: 1rem/1.6 system-ui, sans-serif }
a { color: var(--link) }
pre { padding: .75rem 1rem; overflow-x: auto; border-radius: .4rem; background: var(--soft) }
code { font: .9rem/1.5 ui-monospace, monospace }
li { margin: .25rem 0 }
`

export const pageHtml = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ackstone</title>
<style>${style}</style>
</head>
<body>
<h1>Ackstone</h1>
<p>An MQTT telemetry hub in which an acknowledgement means the reading is stored. It is running.</p>
<p>The portal has not been built on this machine. <code>npm run build</code> in the folder of Ackstone builds it;
start the hub again after that. <code>npm ci</code> does so by itself where the development packages are installed.</p>
<h2>Write a reading</h2>
<pre><code>mosquitto_pub -q 1 -i d1 -t v1/devices/me/telemetry -m '{"temp":21.5}'</code></pre>
<h2>Read it back</h2>
<p>The token is the one in <code>ACKSTONE_ADMIN_TOKEN</code>, or the one you get for the setup code that
the start printed.</p>
<pre><code>curl -d '{"code":"…","name":"Me"}' http://localhost:8080/api/v1/setup \\
  -H 'Content-Type: application/json'
curl -H "Authorization: Bearer $TOKEN" http://localhost:8080/api/v1/devices/d1/latest</code></pre>
<h2>More</h2>
<ul>
<li><a href="/api/openapi.json">The description of the API</a> (OpenAPI 3.1)</li>
<li><a href="/readyz">Whether messages are taken and stored</a></li>
<li><a href="/metrics">Metrics</a> for Prometheus</li>
<li>The guides are in the folder <code>docs/</code> that came with Ackstone.</li>
</ul>
</body>
</html>
`

const styleHash = createHash('sha256').update(style).digest('base64')

/** Allows the page's own style and nothing else. */
export const pagePolicy =
  `default-src 'none'; style-src 'sha256-${styleHash}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
