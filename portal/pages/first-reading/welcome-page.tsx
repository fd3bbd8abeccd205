// What a new administrator sees first: three ways to get readings into the hub.
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useSession } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { DemoData } from './demo-data.tsx'
import './first-reading.css'

export function WelcomePage() {
  const { name } = useSession()
  const [, navigate] = useLocation()
  return (
    <>
      <PageHeader
        title={`Welcome, ${name}`}
        about="The hub is set up and listens. How do readings come to it first?"
      />
      <div className="welcome">
        <Way
          icon="device"
          title="Connect a device"
          text="Copy a few lines to your device, and watch the first reading arrive, be stored and be acknowledged."
        >
          <Button kind="primary" onClick={() => navigate('/connect')}>
            Connect a device
          </Button>
        </Way>
        <Way
          icon="integration"
          title="Attach a broker"
          text="Devices publish to another broker already. Ackstone subscribes there and acknowledges once a message is stored."
        >
          <Button onClick={() => navigate('/integrations')}>Set up an integration</Button>
        </Way>
        <Way
          icon="chart"
          title="Load demo data"
          text="Measured weather and earthquakes, published over MQTT at QoS 0, 1 and 2 as devices would, until you end it."
        >
          <DemoData />
        </Way>
      </div>
    </>
  )
}

interface WayProps {
  icon: IconName
  title: string
  text: string
  children: ReactNode
}

function Way({ icon, title, text, children }: WayProps) {
  return (
    <section className="panel welcome-way">
      <Icon name={icon} size={24} />
      <h2>{title}</h2>
      <p className="soft">{text}</p>
      <div className="welcome-action">{children}</div>
    </section>
  )
}
