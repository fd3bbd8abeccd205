// Catches what a page did not expect, so that the rest of the portal stays usable.
import { Component, type ReactNode } from 'react'
import { ErrorState } from '../ui/error-state.tsx'

interface Props {
  children: ReactNode
}

export class Mishap extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children
    return <ErrorState error={this.state.error} onRetry={() => this.setState({ error: undefined })} />
  }
}
