from django import template

from harborguard.access.models import Role, User

register = template.Library()


@register.filter
def is_at_least(user: User, role: str) -> bool:
    """Return whether the user has at least this role: ``{% if user|is_at_least:"developer" %}``."""
    return user.has_role(Role[role.upper()])
