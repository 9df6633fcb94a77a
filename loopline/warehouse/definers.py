"""How far the stream has been read is nobody's data, and everybody may know it."""

from loopline.kernel.definers import Definer

STREAM_STATE = """
CREATE OR REPLACE FUNCTION warehouse_stream_state() RETURNS SETOF warehouse_stream
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE asking text := current_setting('app.tenant', true);
BEGIN
  PERFORM set_config('app.tenant', '0', true);
  RETURN QUERY SELECT * FROM warehouse_stream;
  PERFORM set_config('app.tenant', coalesce(asking, ''), true);
END
$$
"""

DEFINERS = [Definer("warehouse_stream_state", "", STREAM_STATE, reads=("warehouse_stream",))]
