// The device that a proof publishes as: its rows are deleted at once, and no list of devices shows it.

export const proofDevice = 'ackstone-proof'
