"""File formats of other tools: Perfetto's protobuf, OTLP, folded stacks, speedscope. Bytes and text in, nothing
opened."""
