"""The places where blobs can be: folders, buckets, gateways. None is trusted: `chain.store` checks."""
