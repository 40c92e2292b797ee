"""Map-reduce: a trace is cut into shards, each shard analysed by itself anywhere, the partial results joined in order.

`cuts` chooses where to cut, `executors` where shards are analysed, `fold` keeps both ends busy and joins what comes back,
`deferred` makes parts of engines which cannot be joined. What is joined is exact: as if one engine had read the whole.
"""
